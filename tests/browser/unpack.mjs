// Unpacks Chromium, its libraries and its fonts into TMPDIR and prints where the program is.
import { chmodSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

// The package unpacks its own libraries only where it believes itself on AWS Lambda.
process.env.AWS_EXECUTION_ENV = "AWS_Lambda_nodejs22.x";
process.env.AWS_LAMBDA_JS_RUNTIME = "nodejs22.x";

const { default: chromium } = await import("@sparticuz/chromium");
const program = await chromium.executablePath();
const folder = dirname(program);

// It comes for its owner only; who runs the tests may be another than who unpacked it.
chmodSync(program, 0o755);

// Its own list of font folders is Lambda's: with it, pages come out without a letter on them.
writeFileSync(
  join(folder, "fonts", "fonts.conf"),
  `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(folder, "fonts", "fonts")}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${join(folder, "fonts-cache")}</cachedir>
</fontconfig>
`,
);
console.log(program);
