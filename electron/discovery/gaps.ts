import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** What discovery can't see on this machine, one sentence each. */
export function gapsOf(platform: NodeJS.Platform = process.platform): string[] {
  switch (platform) {
    case 'linux':
      return linuxGaps()
    case 'darwin':
      return ['On macOS running agents are not looked for: only those that are connected, and what is configured, is known.']
    case 'win32':
      return ['On Windows running agents are not looked for: only those that are connected, and what is configured, is known.']
    default:
      return [`On ${platform} running agents are not looked for.`]
  }
}

function linuxGaps(): string[] {
  const gaps: string[] = []
  if (isHidden()) gaps.push("/proc is mounted with hidepid: other users' processes are not seen at all.")
  else if (process.getuid?.() !== 0 && !isReadable('/proc/1/exe'))
    gaps.push("Of other users' processes only the command line is seen: executable, environment and sockets are not, without root.")
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
