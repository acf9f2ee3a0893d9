import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/**
 * Reads Linux's `/proc`: the boot id, and the start in clock ticks (field 22 of `stat`, proc(5)).
 */
function fromProc(pid: number): string | undefined {
  // The second field, the program's name, may contain anything; the last bracket ends it.
  const [state, ...fields] =
    read(`/proc/${pid}/stat`)
      ?.replace(/^.*\) /s, '')
      .split(' ') ?? []
  if (state === undefined || state === 'Z' || state === 'X') return undefined
  return `${read('/proc/sys/kernel/random/boot_id')?.trim()} ${fields[18]}`
}

function fromPs(pid: number): string | undefined {
  try {
    const text = execFileSync('ps', ['-p', String(pid), '-o', 'stat=,lstart='], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
    return text === '' || text.startsWith('Z') ? undefined : text.replace(/^\S+\s+/, '')
  } catch {
    return undefined
  }
}

/**
 * Returns when a process started, as text to compare; undefined when there is no such process, or
 * only a zombie. Process numbers repeat, but never with the same start time.
 */
export function birthOf(pid: number): string | undefined {
  return process.platform === 'linux' ? fromProc(pid) : fromPs(pid)
}
