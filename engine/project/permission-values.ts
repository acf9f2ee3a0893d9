import { isIPv4, isIPv6 } from 'node:net'
import { domainToASCII } from 'node:url'

/** An item of a permission's list that Deno refuses, and where it is in the list. */
export interface WrongItem {
  readonly item: string
  readonly offset: number
  /** Follows the item in a message: `is a URL`. */
  readonly problem: string
  readonly hint: string
}

type Verdict = Pick<WrongItem, 'problem' | 'hint'> | undefined

const hostHint = 'write a host, a host and port, or an address: api.example.com:443, [::1]:8080'
const empty = { problem: 'is empty', hint: 'separate the items with one comma each' }

/** Addresses that are no hosts: sockets of files and of virtual machines. */
const otherAddress = /^(?:unix|vsock):/
const network = /^(.*)\/(\d{1,3})$/

function checkPort(port: string): Verdict {
  if (/^\+?\d+$/.test(port) && Number(port) <= 65_535) return undefined
  return {
    problem: 'has an invalid port',
    hint: 'a port is a number from 0 to 65535; without one every port of the host is meant',
  }
}

function checkName(host: string): Verdict {
  if (host.includes('/')) {
    const [, address = '', bits = ''] = network.exec(host) ?? []
    if (isIPv4(address) && Number(bits) <= 32) return undefined
    return { problem: 'has a path, and permissions are for whole hosts', hint: hostHint }
  }
  if (host.includes('*') && !/^\*\.[^*]+$/.test(host))
    return {
      problem: 'has a misplaced "*"',
      hint: 'write *.example.com for the subdomains, or the flag without a list for every host',
    }
  const ascii = domainToASCII(host)
  if (/[^\0-\x7f]/.test(host))
    return { problem: 'is not in ASCII', hint: ascii === '' ? hostHint : `write ${ascii}` }
  if (/^(?:\*\.)?[\w-]+(?:\.[\w-]+)*\.?$/.test(host)) return undefined
  return { problem: 'is not the name of a host', hint: hostHint }
}

/** Judges a host as Deno does. What it cannot decide it accepts. */
function checkHost(item: string): Verdict {
  if (item === '') return empty
  if (item !== item.trim())
    return { problem: 'has white space around it', hint: 'separate the items with commas alone' }
  if (otherAddress.test(item) || item.startsWith('[')) return undefined
  const [scheme, rest] = item.split('://', 2)
  if (rest !== undefined) {
    const [host = ''] = rest.split(/[/?#]/)
    const instead = host === '' || checkHost(host) !== undefined ? hostHint : `write ${host}`
    return { problem: `is a URL ("${scheme}:"), and permissions are for hosts`, hint: instead }
  }
  if (isIPv6(item)) return { problem: 'needs brackets', hint: `write [${item}]` }
  const parts = item.split(':')
  if (parts.length > 2) return undefined
  const [host = '', port] = parts
  if (port !== undefined) {
    const wrong = checkPort(port)
    // Deno takes ":80" for every address of the machine.
    if (wrong !== undefined || host === '') return wrong
  }
  return checkName(host)
}

function checkVariable(item: string): Verdict {
  if (item === '') return empty
  return item.includes('=')
    ? { problem: 'has a "="', hint: 'write names of variables alone; their values go to env:' }
    : undefined
}

const checks: Readonly<Record<string, (item: string) => Verdict>> = {
  net: checkHost,
  import: checkHost,
  env: checkVariable,
}

/** Returns the first item of a permission's list that Deno refuses, as far as that is certain. */
export function findWrongItem(kind: string, list: string): WrongItem | undefined {
  // A doubled comma is a comma of a path.
  if ((kind === 'read' || kind === 'write') && /^,(?!,)|(?<!,),$/.test(list))
    return { item: '', offset: list.startsWith(',') ? 0 : list.length - 1, ...empty }
  const check = Object.hasOwn(checks, kind) ? checks[kind] : undefined
  if (check === undefined) return undefined
  let offset = 0
  for (const item of list.split(',')) {
    const wrong = check(item)
    if (wrong !== undefined) return { item, offset, ...wrong }
    offset += item.length + 1
  }
  return undefined
}
