// Last step of the build, on Linux with a C compiler: what contained programs load so that reading inside the fence costs nothing.
// Without it everything works the same, only slower.
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const source = join(root, 'electron/containment/linux/fence-first.c')
const library = join(root, 'out/native/fence-first.so')

if (process.platform === 'linux') {
  mkdirSync(join(root, 'out/native'), { recursive: true })
  const options = ['-O2', '-Wall', '-Wextra', '-Werror', '-fPIC', '-shared', '-s', '-o', library, source]
  const { error, status, stderr } = spawnSync('cc', options, { encoding: 'utf8' })
  if (error) console.warn('No C compiler (cc) here: contained programs will open files more slowly.')
  else if (status !== 0) {
    console.error(stderr)
    process.exit(1)
  }
}
