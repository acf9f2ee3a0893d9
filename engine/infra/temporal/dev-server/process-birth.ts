import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** From Linux's `/proc`: the boot, and the start in clock ticks since then (field 22 of `stat`, proc(5)). */
function fromProc(pid: number): string | undefined {
  // The second field, the program's name, may hold anything; the last bracket ends it.
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
 * When a process was born, as text to compare; `undefined` where there is none (or only its zombie). Numbers of
 * processes repeat, in a container after every restart; together with its birth a number names one process only.
 */
export function birthOf(pid: number): string | undefined {
  return process.platform === 'linux' ? fromProc(pid) : fromPs(pid)
}
