#!/bin/sh
# Compile the style sheets and copy the vendored files from their npm releases.
# Run `npm install` here first; then `npm run build`. Writes ../static/css, ../static/fonts,
# ../static/js/vendor, ../tests/browser/vendor and BUILT.sha256, which `make check` holds against the files.
set -eu
cd "$(dirname "$0")"
modules=node_modules
static=../static
tests=../tests/browser/vendor

mkdir -p "$static/css" "$static/fonts/sarabun" "$static/fonts/pretendard" "$static/js/vendor" "$tests"
for sheet in platform ballot kiosk; do
  "$modules/.bin/sass" --no-source-map --style=compressed --no-charset --load-path="$modules" --quiet-deps \
    "$sheet.scss" "$static/css/$sheet.css"
done

for weight in 400 700; do
  for script in latin latin-ext thai vietnamese; do
    cp "$modules/@fontsource/sarabun/files/sarabun-$script-$weight-normal.woff2" "$static/fonts/sarabun/"
  done
done
cp "$modules/@fontsource/sarabun/LICENSE" "$static/fonts/sarabun/LICENSE.txt"
cp "$modules"/pretendard/dist/web/variable/woff2-dynamic-subset/*.woff2 "$static/fonts/pretendard/"
cp "$modules/pretendard/dist/LICENSE.txt" "$static/fonts/pretendard/LICENSE.txt"
node fonts.mjs > "$static/css/fonts.css"

cp "$modules/govuk-frontend/dist/govuk/govuk-frontend.min.js" "$static/js/vendor/govuk-frontend-6.6.0.min.js"
# The source map is not shipped; a comment naming it would make strict static storages look for it.
sed -i '/^\/\/# sourceMappingURL=/d' "$static/js/vendor/govuk-frontend-6.6.0.min.js"
cp "$modules/lean-qr/index.mjs" "$static/js/vendor/lean-qr-2.7.4.min.js"
cp "$modules/lean-qr/LICENSE" "$static/js/vendor/lean-qr.LICENSE.txt"
cp "$modules/axe-core/axe.min.js" "$tests/axe-4.14.1.min.js"

# Sources and what was made of them, hashed in one breath: a source that changes alone is found.
cd ..
{
  find frontend -type f -not -path '*/node_modules/*' -not -name package-lock.json \
    -not -name BUILT.sha256 -not -name README.md
  find static/css static/fonts static/js/vendor tests/browser/vendor -type f
} | LC_ALL=C sort | xargs sha256sum > frontend/BUILT.sha256
