import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { dumpUnixSockets } from './linux/unix-dump.ts'

/** What discovery can't see on this machine, one sentence each. */
export function gapsOf(platform: NodeJS.Platform = process.platform): string[] {
  switch (platform) {
    case 'linux':
      return linuxGaps()
    case 'darwin':
      return ['On macOS the environment, working folder and open files of a process are not seen, nor Unix sockets: agents are known by program, command line and connections. Scripts that are named without their folder are not read.', LISTED]
    case 'win32':
      return ['On Windows the environment, working folder, user and open files of a process are not seen, nor UDP peers and pipes: agents are known by program, command line and TCP connections. Scripts that are named without their folder are not read.', LISTED]
    default:
      return [`On ${platform} agents are known only as far as ps and netstat tell, which was never tried.`, LISTED]
  }
}

/** What holds wherever processes are listed by the system's own commands. */
const LISTED = 'New processes are looked for every 3 seconds, what lives shorter may be missed, and agents can not be paused or ended from here.'

function linuxGaps(): string[] {
  const gaps: string[] = []
  if (isHidden()) gaps.push("/proc is mounted with hidepid: other users' processes are not seen at all.")
  else if (process.getuid?.() !== 0 && !isReadable('/proc/1/exe'))
    gaps.push("Of other users' processes only the command line is seen: executable, environment and sockets are not, without root.")
  const unix = dumpUnixSockets()
  if (!unix.ok) gaps.push(`${unix.error} Of connections over Unix sockets only the side of the server is seen.`)
  return gaps
}

function isHidden(): boolean {
  try {
    // Of several mounts the last one is seen.
    const mount = readFileSync('/proc/self/mounts', 'utf8').split('\n').findLast((line) => line.split(' ')[1] === '/proc') ?? ''
    return /hidepid=(1|2|4|noaccess|invisible|ptraceable)/.test(mount) && readdirSync('/proc').length > 0
  } catch {
    return false
  }
}

function isReadable(link: string): boolean {
  try {
    readlinkSync(link)
    return true
  } catch {
    return false
  }
}
