/**
 * The end of the page of template functions: where they follow Go, and each place where they don't.
 */
export const goFormats = `## Where these functions follow Go

\`printf\` gives what Go's \`fmt.Sprintf\` gives, \`date\` what \`time.Format\` gives, and \`upper\`, \`lower\`, \`title\`,
\`trim\`, \`quote\`, \`replace\`, \`split\`, \`repeat\`, \`b64enc\` and \`urlEncode\` what the functions behind sprig's give. A
test compares them with a table of thousands of calls made with Go 1.26
(\`engine/template/fixtures/go-formats\`, made anew by \`npm run build:formats\`). A value that does not fit its verb becomes
text, as in Go: \`printf "%d" "hi"\` is \`%!d(string=hi)\`, a missing argument \`%!d(MISSING)\`, one too many
\`%!(EXTRA string=a)\`.

Text is compared and sorted by its UTF-8 bytes. \`%v\` writes a list as \`[1 a]\` and an object as \`map[a:1]\`; use
\`%s\` with \`toJson\` for JSON.

These differences are on purpose:

- **One kind of number.** JSON has no int. A whole number up to 2^53 is an \`int\` to \`printf\`, and any other number a
  \`float64\`; a whole number also takes \`%e\`, \`%f\` and \`%g\`.
- **Characters, not bytes.** \`len\`, \`trunc\`, \`substr\` and \`slice\` count characters, where Go and sprig count bytes:
  half a character is not text.
- **Always UTC.** \`date\` shows a time in UTC, whatever the zone it was written in.
- **Numbers as text are JSON.** \`{{ 1e20 }}\` and \`toString\` give \`100000000000000000000\`, as Go's \`encoding/json\`
  does; Go's templates give \`1e+20\`. \`printf "%v"\` gives what Go gives.
- **What is there stays.** In \`merge\`, the first argument that has a key wins with 0, false and "" too; sprig fills these
  from the next one.
- **Plain JSON.** \`toJson\` writes \`<\`, \`>\` and \`&\` as they are, like sprig's \`toRawJson\`.
- **No pointers.** \`%p\` has no meaning.

## Numbers that are not exact

Numbers are doubles. A whole number beyond 2^53 that a double would change is refused, never rounded: in a literal, in
\`fromJson\`, in \`int\` and \`float64\` of text, and as the result of \`add\`, \`sub\`, \`mul\` and \`div\` of whole numbers. Keep
such a number as text. A result too large for a double is an error. \`fromJson\` and \`float64\` also refuse text with more
digits than a double holds (17), and a number too close to zero.
`
