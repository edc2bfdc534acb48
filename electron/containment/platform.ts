import type { Containment } from './containment.ts'

/** How agents are held on a platform, this one where none is named. Nothing of another platform is loaded. */
export async function containmentFor(platform: NodeJS.Platform = process.platform): Promise<Containment> {
  switch (platform) {
    case 'linux':
      return (await import('./linux/linux.ts')).linuxContainment
    case 'darwin':
      return (await import('./macos/macos.ts')).macosContainment
    default:
      return (await import('./windows/windows.ts')).windowsContainment
  }
}
