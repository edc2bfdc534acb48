import { isInside, parentOf } from '../effects/paths.ts'

/** Where a file is, coarsely: two folders deep below the workspace, or below the root. What profiles keep of paths. */
export function areaOf(path: string, workspace: string): string {
  const folder = parentOf(path)
  if (isInside(folder, workspace)) return folder.slice(workspace.length + 1).split('/').slice(0, 2).join('/') || '.'
  return folder.split('/').slice(0, 3).join('/')
}

const TEMPORARY = ['/tmp', '/var/tmp', '/dev/shm', '/private/tmp', '/var/folders', '/private/var/folders']

/** Everybody's place for what is thrown away. */
export function isTemporary(path: string): boolean {
  return TEMPORARY.some((folder) => isInside(path, folder))
}
