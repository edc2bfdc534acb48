import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { err, type Result } from '../../contract/result.ts'
import { parseCatalogue, type Catalogue } from './catalogue.ts'

/** Where catalogue files lie, the weakest first, and how people are shown them. */
export interface CatalogueFolders {
  shipped: string
  user: string
  managed: string
}

/** Reads `*.yaml` of the three folders; those of the user and of IT need not be there. */
export function loadCatalogue({ shipped, user, managed }: CatalogueFolders): Result<Catalogue, string[]> {
  const files: { file: string; text: string }[] = []
  for (const folder of [shipped, user, managed]) {
    let names: string[]
    try {
      names = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name) && !name.startsWith('.'))
    } catch (error) {
      if (folder !== shipped && (error as NodeJS.ErrnoException).code === 'ENOENT') continue
      return err([`${folder} can not be read: ${(error as Error).message}`])
    }
    for (const name of names.toSorted())
      try {
        files.push({ file: join(folder, name), text: readFileSync(join(folder, name), 'utf8') })
      } catch (error) {
        return err([`${join(folder, name)} can not be read: ${(error as Error).message}`])
      }
  }
  return parseCatalogue(files)
}
