"""Phrases the pre-screen looks for, looked at by hand. Kept short: each is a reason to read, no more."""

ADVERTISING = (
    # Thai
    "สล็อต", "เว็บตรง", "คาสิโน", "แทงบอล", "พนัน", "รวยเร็ว", "รายได้เสริม", "เครดิตฟรี", "สมัครเลย",
    "คลิกเลย", "โปรโมชั่น", "ลดราคา", "เงินกู้", "กู้เงินด่วน", "ปล่อยกู้", "สนใจทัก", "ทักไลน์", "แอดไลน์",
    # Korean
    "최저가", "지금 클릭", "클릭하세요", "무료체험", "무료 체험", "대출 상담", "당일 대출", "무담보 대출",
    "바카라", "카지노",
    "토토사이트", "부업", "고수익", "특가", "할인 이벤트",
    "가입하세요", "광고문의", "구매 문의", "떼돈", "당일 지급",
    # Vietnamese
    "giá rẻ", "khuyến mãi", "giảm giá", "vay tiền", "vay nhanh", "cá cược", "casino", "nhà cái",
    "việc nhẹ lương cao", "kiếm tiền", "làm giàu", "bấm vào", "nhấp vào", "đăng ký ngay", "mua ngay",
    "liên hệ ngay", "trúng thưởng",
    # English
    "buy now", "buy followers", "followers now", "click here", "best price", "cheapest", "free trial",
    "get rich", "make money", "earn money", "casino", "betting", "quick loan", "easy loan",
    "discount code", "promo code",
    "sign up now", "limited offer", "work from home", "subscribe to my",
)  # fmt: skip

ABUSE = (
    # Thai
    "ไอ้โง่", "ไอ้บ้า", "อีดอก", "ไอ้สัตว์", "ควาย", "โง่", "ปัญญาอ่อน", "ขยะสังคม", "เหี้ย", "ไอ้เลว",
    "ชาติหมา", "หุบปาก",
    "ออกไปจากเขต", "ออกไปจากประเทศ", "กะหรี่", "ไร้สมอง", "งี่เง่า", "เฮงซวย", "สันดาน",
    # Korean
    "바보", "멍청", "병신", "새끼", "쓰레기 같은", "쓰레기들", "인간쓰레기", "인간 쓰레기", "미친놈",
    "미친 놈", "미친년", "꺼져", "닥쳐", "벌레 같은",
    "찌질", "한심한", "죽어라", "무식한", "개돼지",
    "정신병자",
    # Vietnamese
    "đồ ngu", "ngu ngốc", "ngu xuẩn", "ngu dốt", "thằng ngu", "con ngu", "đồ khốn", "khốn nạn", "đồ rác",
    "lũ rác rưởi", "óc chó", "thằng chó", "mất dạy", "câm mồm", "câm miệng", "vô học", "đồ điên", "súc vật",
    "cút đi", "cút khỏi",
    # English
    "idiot", "moron", "stupid", "shut up", "you trash", "human trash", "scum", "fool", "bastard",
    "asshole", "fuck", "shit",
    "retard", "loser", "go back to", "kill yourself", "imbecile", "dumb",
)  # fmt: skip

POLITICAL = (
    # Thai
    "เลือกตั้ง", "กาเบอร์", "พรรค", "ผู้สมัคร", "หาเสียง", "ส.ส.", "สภาเขต", "อภิปราย", "ขับไล่", "ลาออกไป",
    "ปราศรัย", "ลงคะแนนให้เบอร์", "หัวคะแนน",
    # Korean
    "선거", "기호", "후보를", "후보에게", "후보자", "정당 지지", "당원", "퇴진", "탄핵", "유세", "공천",
    "국회의원", "지지 선언",
    "서명에 동참", "집회", "여당", "야당",
    "사퇴하라",
    # Vietnamese
    "ứng cử viên", "ứng viên", "bầu cử", "tranh cử", "mít tinh", "đảng", "vận động phiếu",
    "bỏ phiếu cho ông", "bỏ phiếu cho bà", "biểu tình", "từ chức",
    # English
    "candidate", "election", "political part", "party member", "campaign rally", "rally for", "vote for me",
    "impeach", "resign", "petition against", "my party", "our party", "electoral", "council minutes",
)  # fmt: skip

PERSONAL_GAIN = (
    # Thai
    "ร้านของผม", "ร้านของฉัน", "ร้านผม", "ร้านฉัน", "บริษัทของผม", "บริษัทของฉัน", "บริษัทผม", "บริษัทเรา",
    "ที่ดินของผม", "ที่ดินของฉัน", "ที่ดินผม", "ค่าตอบแทน", "ตอบแทนให้", "แจกเงินให้คน", "ให้เงิน",
    "ให้ของขวัญ",
    "หน้าบ้านผม", "หน้าบ้านฉัน", "ขายดีขึ้น", "ราคาที่ดิน", "ผู้รับเหมา",
    # Korean
    "사례하겠", "사례비", "사례금", "제 건물", "내 건물", "저희 업체", "우리 업체", "저희 회사",
    "우리 회사", "제 가게", "내 가게", "우리 가게",
    "저희 가게", "임대가", "땅값", "집값", "할인해 드", "상품권", "시공하면", "제 땅",
    # Vietnamese
    "công ty tôi", "công ty của tôi", "cửa hàng tôi", "cửa hàng của tôi", "quán tôi", "quán của tôi",
    "nhà tôi cho thuê", "đất của tôi", "đất nhà tôi", "giá đất", "tặng quà", "hoa hồng", "hậu tạ",
    "trả công", "nhận thầu", "tặng tiền",
    # English
    "my company", "my shop", "my store", "my business", "my restaurant", "my building", "my property",
    "my land", "gift card", "will pay you", "pay anyone who", "in return for", "reward", "kickback",
    "a commission", "our company", "property value",
)  # fmt: skip
