import fc from "fast-check";

/** Text that is code in some language if it is not quoted. */
const code = fc.constantFrom(
  "$(touch STRANGER)",
  "`touch STRANGER`",
  "; touch STRANGER;",
  "' ; touch STRANGER ; '",
  '" ; touch STRANGER ; "',
  "&& touch STRANGER",
  "| touch STRANGER",
  "\n touch STRANGER\n",
  "$HOME",
  "${IFS}",
  "%s%n",
  "\\",
  "\\n",
  "$env:USERPROFILE",
  "@'",
  "'@",
  "#>",
  "# END eks-irsa-sidecar",
  "&",
  "~",
  "*",
  "=",
  "export ",
);

const character = fc.constantFrom(
  ...Array.from(
    "aZ09 _-+./:=,@%^~!?*[]{}()<>|&;#$`'\"\\é€😀\t\n\r\u007f\u0085\u2028\uFEFF\uFDD0\uFFFE\u{1FFFF}",
  ),
);

/** Any value that an environment can hold. */
export const anyValue: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 20 }),
  fc.array(fc.oneof(code, character), { maxLength: 8 }).map((pieces) => pieces.join("")),
  fc.string({ unit: character, maxLength: 40 }),
  fc.tuple(
    fc.oneof(fc.nat({ max: 1100 }), fc.constantFrom(32_766, 32_767)),
    fc.constantFrom("x", "é", " "),
  ).map(([count, unit]) => unit.repeat(count)),
  fc.constantFrom(
    "",
    " ",
    "arn:aws:iam::111122223333:role/vm",
    "2024-01-01T00:00:00Z",
    "/Date(0)/",
  ),
).map((value) => value.replaceAll("\0", "").replaceAll("STRANGER", "stranger").toWellFormed());

const wordCharacter = fc.constantFrom(...Array.from("ABCXYZ_019az"));

/** Any name that an environment can hold and that is captured. */
export const anyName: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: wordCharacter, minLength: 1, maxLength: 12 }) },
  { weight: 1, arbitrary: fc.string({ unit: character, maxLength: 12 }) },
  { weight: 1, arbitrary: fc.nat({ max: 1100 }).map((length) => "X".repeat(length)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("__proto__", "constructor", "length", "Count", "$(touch stranger)"),
  },
).map((name) => `AWS_${name.replaceAll("=", "").toWellFormed()}`);

/** Any value of `AWS_WEB_IDENTITY_TOKEN_FILE`, most of them paths. */
export const anyTokenFile: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(
      fc.constantFrom(
        "/var/run/secrets/eks.amazonaws.com/serviceaccount/",
        "/",
        "",
        "/t/../",
        "/a\nb/",
      ),
      fc.oneof(
        fc.string({ unit: wordCharacter, minLength: 1, maxLength: 12 }),
        fc.constantFrom(
          "token",
          ".",
          "..",
          "...",
          "..data",
          " token",
          "token ",
          "a b",
          "CON",
          "a:b",
        ),
        fc.string({ unit: character, maxLength: 6 }),
      ),
    ).map(([folder, name]) => folder + name),
  },
  { weight: 1, arbitrary: anyValue },
);
