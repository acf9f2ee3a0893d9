import type { YAMLError } from 'yaml'

/** An error of the YAML library in words for people who write workflows. */
interface Explanation {
  readonly message: string
  readonly hint?: string
}

const alignItems = 'align it with the lines above that belong together'
const keyLine = {
  message: 'a key must be on one line, followed by ": "',
  hint: 'check the indentation, and the space after ":"',
}

/** By the library's code, where that says enough. */
const byCode: Readonly<Record<string, Explanation>> = {
  MULTIPLE_DOCS: { message: 'a file holds one YAML document; this starts a second one' },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'a ": " inside an unquoted text, or wrong indentation',
    hint: 'put texts that contain ": " in quotes',
  },
  MULTILINE_IMPLICIT_KEY: keyLine,
  TAB_AS_INDENT: { message: 'a tab as indentation; YAML wants spaces' },
}

/** By the start of the library's message, where one code stands for several mistakes. */
const byMessage: readonly (readonly [RegExp, Explanation])[] = [
  [
    /^All (mapping|sequence) items must start at the same column/,
    { message: 'wrong indentation', hint: alignItems },
  ],
  [
    /^Sequence item without - indicator/,
    {
      message: 'wrong indentation in a list',
      hint: `${alignItems}, or start a new item with "- "`,
    },
  ],
  [
    /^Flow (sequence|map) in block collection must be sufficiently indented/,
    { message: 'a list [ … ] or mapping { … } is not closed, or goes on without indentation' },
  ],
  [/^Implicit map keys need to be followed by map values/, keyLine],
  [/^Missing closing (.)quote/, { message: 'a text in quotes is not closed' }],
  [
    /^Unexpected scalar at node end/,
    {
      message: 'text after a complete value',
      hint: 'check the indentation, or put the whole text in quotes',
    },
  ],
  [/^Unexpected flow-(seq|map)-end token/, { message: 'a ] or } that closes nothing' }],
  [
    /^Unexpected block-seq-ind on same line with key/,
    { message: 'a list starts on the line of its key', hint: 'start it on the next line' },
  ],
  [
    /^Block collections are not allowed within flow collections/,
    {
      message: 'an indented list or mapping inside [ … ] or { … }',
      hint: 'write it in brackets too, separated by commas',
    },
  ],
  [
    /^Block scalar header includes extra characters/,
    { message: 'text right after | or >', hint: 'start the text on the next line, indented' },
  ],
  [
    /^Invalid escape sequence/,
    {
      message: 'an unknown escape in a text in double quotes',
      hint: 'write \\\\ for a backslash, or use single quotes',
    },
  ],
]

/** Returns an error of the YAML library in our words; a clear one as it is. */
export function explainYamlError({ code, message }: YAMLError): Explanation {
  const known = byCode[code] ?? byMessage.find(([pattern]) => pattern.test(message))?.[1]
  if (known !== undefined) return known
  return code === 'BAD_SCALAR_START' ? { message, hint: 'put the text in quotes' } : { message }
}
