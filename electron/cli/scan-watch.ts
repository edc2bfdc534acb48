import type { DiscoveryKnowledge } from '../discovery/open.ts'
import type { ScanOptions } from './scan.ts'

export async function watchCommand(_options: ScanOptions, _knowledge: DiscoveryKnowledge, _home: string): Promise<number> {
  return 2
}
