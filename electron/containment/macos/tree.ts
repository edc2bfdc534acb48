import { execFileSync } from 'node:child_process'

/** The processes below one, by what `ps` says of parents. What has detached itself from its parent is not among them. */
export function processesBelow(pid: number): number[] {
  const children = new Map<number, number[]>()
  for (const line of execFileSync('/bin/ps', ['-axo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')) {
    const [child = 0, parent = 0] = line.trim().split(/\s+/).map(Number)
    children.set(parent, [...(children.get(parent) ?? []), child])
  }
  const found = [...(children.get(pid) ?? [])]
  for (const each of found) found.push(...(children.get(each) ?? []))
  return found
}
