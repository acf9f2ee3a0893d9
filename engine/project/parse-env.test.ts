import { parseEnv } from 'node:util'
import { describe, expect, it } from 'vitest'
import { parseEnvFile } from './parse-env.ts'

describe('parseEnvFile', () => {
  it.each([
    '',
    ' \n\n',
    'A=1',
    'A=1\n  B=2\n',
    ' A = 1 ',
    'A=',
    'A=\n\nB=2',
    'A=1\r\nB="x"\r\n\r\nC=\r\n# c\r\n',
    'A="x\r\ny"\r\nB=2',
    'export A=1',
    'export=1',
    'export A = "1"',
    'A=a b c',
    'A=a=b',
    'A=pass#word',
    'A=pass # word',
    'A=#x',
    '# c\nA=1\n  # c',
    'A=1 # it\'s "x\nB=1',
    'A="x" # c "d"',
    "A='x'#c\nB=2",
    'A="x" \n B = \'y\'\n',
    'A=""\nB=\'\'\nC=``',
    'A="a\\nb # c"',
    "A='a\\nb'",
    'A=`a\\nb`',
    'A=a\\nb',
    'A="C:\\dir\\"\nB=1',
    'A="C:\\\\dir"',
    'A="a\\tb"',
    'A="a\nb"\nB=2',
    "A='a\n#b'\nB=2",
    "A= '\nx'",
    'A=`a"\'b`',
    'A=\'{"url": "http://x"}\'',
    'A="it\'s"',
    "A=it's",
    'A=a"b"c',
    "A=a' # b'",
    'A=x\nA=y',
    '1A=x\nA-B=x\nA.B=x\né=ü',
    'A=x\u00A0\u3000',
    'A=x\u0000y',
    'A=b\uFEFF\n',
  ])('Should read %j as Node does', (text) => {
    expect(parseEnvFile(text)).toEqual({ variables: parseEnv(text), problems: [] })
  })

  it.each([
    ['A1="{\\"url\\": \\"http://secret\\"}"', 1, 8, 'text after the closing "'],
    ['C1 secret\nD1=3', 1, 1, 'this line does not assign a variable'],
    ['A=1\n  secret', 2, 3, 'this line does not assign a variable'],
    ['H1="a"secret', 1, 7, 'text after the closing "'],
    ["G1='a''secret'", 1, 7, "text after the closing '"],
    ['A="a"\t "secret"', 1, 6, 'text after the closing "'],
    ['B=1\nC1="secret\nD=1', 2, 4, 'no closing "'],
    ["A='secret", 1, 3, "no closing '"],
    ['A=`secret\nB=1', 1, 3, 'no closing `'],
    ['A="secret\nB="x"', 2, 4, 'text after the closing "'],
    ['A="C:\\\\new"', 1, 6, '\\\\n in double quotes is unclear'],
    ['=secret', 1, 1, 'this line does not assign a variable'],
    ['A B=secret', 1, 1, 'this line does not assign a variable'],
    ['"A"=secret', 1, 1, 'this line does not assign a variable'],
    ['export A\nB=1', 1, 1, 'this line does not assign a variable'],
    ['A: secret', 1, 1, 'this line does not assign a variable'],
    ['A=\tsecret', 1, 3, 'a tab around the value'],
    ['A=secret\t# c', 1, 3, 'a tab around the value'],
    ['A=secret\rB=2', 1, 9, 'a carriage return without a line feed'],
  ])('Should refuse %j at %i:%i without its value', (text, line, column, message) => {
    const { problems } = parseEnvFile(text)
    expect(problems).toEqual([{ message, hint: expect.any(String), line, column }])
    expect(JSON.stringify(problems)).not.toContain('secret')
  })

  it.each([
    ['\tA\t=1', { A: '1' }],
    ['A= \nB=2', { A: '', B: '2' }],
    ['export  A=1', { A: '1' }],
    [' export A=1', { A: '1' }],
    ['A="x"\t# c\nB=2', { A: 'x', B: '2' }],
  ])('Should read %j, of which some Node loses a name', (text, variables) => {
    expect(parseEnvFile(text)).toEqual({ variables, problems: [] })
  })

  it('Should name each place that it refuses, in order, and read the lines around them', () => {
    const text = 'A=1\nno variable\nB="C:\\\\new\nfoo"\nC=\tx\nD=\'x\nE=2\r3\nF=3'
    const { variables, problems } = parseEnvFile(text)
    expect(variables).toEqual({ A: '1', B: '', C: '', D: '', E: '2\r3', F: '3' })
    expect(problems.map(({ line, column, message }) => `${line}:${column} ${message}`)).toEqual([
      '2:1 this line does not assign a variable',
      '3:6 \\\\n in double quotes is unclear',
      '5:3 a tab around the value',
      "6:3 no closing '",
      '7:4 a carriage return without a line feed',
    ])
  })

  it('Should keep a variable of any name', () => {
    const parsed = parseEnvFile('__proto__=x\nconstructor=y')
    expect(Object.entries(parsed.variables)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ])
  })

  it('Should read a line whose opening quote the line before has taken', () => {
    const { variables, problems } = parseEnvFile('A="x\nB="y"\nC=z')
    expect(variables).toEqual({ A: '', B: 'y', C: 'z' })
    expect(problems).toHaveLength(1)
  })

  it.each([
    [20, []],
    [21, [{ line: 22, column: 1 }]],
    [1_000, [{ line: 22, column: 1 }]],
  ])('Should stop after the first twenty of %i places, and say so', (count, rest) => {
    const { variables, problems } = parseEnvFile(`A=1\n${'key: value\n'.repeat(count)}`)
    expect(variables).toEqual({ A: '1' })
    expect(problems).toHaveLength(20 + rest.length)
    const message = 'the file is not read from here on'
    expect(problems.filter((problem) => problem.message === message)).toMatchObject(rest)
  })

  // A reader that takes the square of the length would reach the time limit of a test.
  it.each([
    ['', 'A', '', 0, 1],
    ['', '\n', '', 0, 0],
    ['', '#\n', '', 0, 0],
    ['', 'A=1\n', '', 1, 0],
    ['', 'A="\n', '', 1, 0],
    ['', "'", '', 0, 1],
    ['', ' ', '', 0, 0],
    ['', 'A=" ', '', 1, 1],
    ['A=x', ' ', 'y', 1, 0],
    ['A="', ' ', '"', 1, 0],
    ['A\n'.repeat(19), '#\n', 'A', 0, 20],
  ])(
    'Should read 10 MB in one pass: %j, many of %j, %j',
    (before, part, after, variables, problems) => {
      const text = before + part.repeat(10_000_000 / part.length) + after
      const parsed = parseEnvFile(text)
      expect([Object.keys(parsed.variables).length, parsed.problems.length]).toEqual([
        variables,
        problems,
      ])
    },
  )
})
