#!/bin/sh
# Compile the style sheet and copy the vendored files from their npm releases.
# Run `npm install` here first; then `npm run build`. Writes ../css, ../fonts, ../js/vendor,
# ../../tests/browser/vendor and the hashes in ../VENDORED.sha256.
set -eu
cd "$(dirname "$0")"
modules=node_modules

node_modules/.bin/sass --no-source-map --style=compressed --no-charset --load-path="$modules" --quiet-deps main.scss ../css/platform.css

mkdir -p ../fonts/sarabun ../fonts/pretendard ../js/vendor ../../tests/browser/vendor
for weight in 400 700; do
  for script in latin latin-ext thai vietnamese; do
    cp "$modules/@fontsource/sarabun/files/sarabun-$script-$weight-normal.woff2" ../fonts/sarabun/
  done
done
cp "$modules/@fontsource/sarabun/LICENSE" ../fonts/sarabun/LICENSE.txt
cp "$modules"/pretendard/dist/web/variable/woff2-dynamic-subset/*.woff2 ../fonts/pretendard/
cp "$modules/pretendard/dist/LICENSE.txt" ../fonts/pretendard/LICENSE.txt
node fonts.mjs > ../css/fonts.css

cp "$modules/govuk-frontend/dist/govuk/govuk-frontend.min.js" ../js/vendor/govuk-frontend-6.6.0.min.js
# The source map is not shipped; a comment naming it would make strict static storages look for it.
sed -i '/^\/\/# sourceMappingURL=/d' ../js/vendor/govuk-frontend-6.6.0.min.js
cp "$modules/lean-qr/index.mjs" ../js/vendor/lean-qr-2.7.4.min.js
cp "$modules/lean-qr/LICENSE" ../js/vendor/lean-qr.LICENSE.txt
cp "$modules/axe-core/axe.min.js" ../../tests/browser/vendor/axe-4.14.1.min.js

cd ..
{
  echo css/fonts.css
  echo css/platform.css
  find fonts js/vendor ../tests/browser/vendor -type f
} | LC_ALL=C sort | xargs sha256sum > VENDORED.sha256
