// Print css/fonts.css: Sarabun in four scripts and two weights, Pretendard in its 92 dynamic subsets.
// Sarabun is drawn small beside Hangul; size-adjust brings its letters to Pretendard's height.
import { readFileSync } from "node:fs";

const ranges = JSON.parse(readFileSync("node_modules/@fontsource/sarabun/unicode.json", "utf8"));
const faces = [];
for (const weight of [400, 700]) {
  for (const script of ["latin-ext", "vietnamese", "thai", "latin"]) {
    faces.push(
      `@font-face{font-family:Sarabun;font-style:normal;font-display:swap;font-weight:${weight};size-adjust:106%;` +
        `src:url(../fonts/sarabun/sarabun-${script}-${weight}-normal.woff2) format("woff2");` +
        `unicode-range:${ranges[script]}}`,
    );
  }
}
const pretendard = readFileSync(
  "node_modules/pretendard/dist/web/variable/pretendardvariable-dynamic-subset.css",
  "utf8",
);
for (const block of pretendard.match(/@font-face\s*{[^}]*}/g)) {
  const file = block.match(/PretendardVariable\.subset\.\d+\.woff2/)[0];
  const range = block.match(/unicode-range:\s*([^;]+);/)[1].replace(/\s+/g, "");
  faces.push(
    `@font-face{font-family:Pretendard;font-style:normal;font-display:swap;font-weight:45 920;` +
      `src:url(../fonts/pretendard/${file}) format("woff2");unicode-range:${range}}`,
  );
}
console.log("/* Sarabun 5.3.0 (OFL-1.1), Pretendard 1.3.9 (OFL-1.1): see frontend/README.md */");
console.log(faces.join("\n"));
