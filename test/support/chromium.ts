import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'

/** Written last into a folder, so a folder that has it is complete. */
const startScript = 'start-chromium.sh'

let prepared: Promise<string> | undefined

/**
 * The program that starts a Chromium for tests: `$CHROMIUM` where that is set, else the one from npm
 * (@sparticuz/chromium, x64 Linux), unpacked once into `$PADDOCK_TEST_CACHE` (`~/.cache/paddock-tests`). Any number of
 * runs may call it at once.
 */
export function prepareChromium(): Promise<string> {
  prepared ??= findOrUnpack()
  return prepared
}

/** A headless browser that opens no connection of its own. The caller closes it. */
export async function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: await prepareChromium(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-domain-reliability',
      '--disable-sync',
      '--no-pings',
    ],
  })
}

async function findOrUnpack(): Promise<string> {
  const chosen = process.env['CHROMIUM']
  if (chosen) return chosen
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error('The tests bring a Chromium for x64 Linux only. Set CHROMIUM to the Chromium or Chrome to test with.')

  const cache = privateFolder(process.env['PADDOCK_TEST_CACHE'] ?? join(homedir(), '.cache/paddock-tests'))
  const folder = join(cache, `chromium-${packageVersion()}`)
  if (!existsSync(join(folder, startScript))) await unpackInto(folder, cache)
  return join(folder, startScript)
}

/** The programs in it are run, so nobody else may have been able to put them there. */
function privateFolder(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const { uid, mode } = statSync(folder)
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0)
    throw new Error(`Others could have changed ${folder}. Remove it, or set PADDOCK_TEST_CACHE to a folder of your own.`)
  return folder
}

function packageVersion(): string {
  const file = join(import.meta.dirname, '../../node_modules/@sparticuz/chromium/package.json')
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

/** Fills a folder beside the final one and renames it. Of two runs, the second throws its copy away. */
async function unpackInto(folder: string, cache: string): Promise<void> {
  const draft = mkdtempSync(join(cache, 'unpacking-'))
  try {
    await unpack(draft)
    writeFileSync(join(draft, 'fonts/fonts.conf'), fontsConfiguration(folder))
    writeFileSync(join(draft, startScript), startScriptFor(folder), { mode: 0o700 })
    renameSync(draft, folder)
  } catch (error) {
    if (!existsSync(join(folder, startScript))) throw error
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

/**
 * The package unpacks under fixed names into the temporary folder and believes whatever already lies there, so it gets
 * one of its own. It unpacks the libraries it needs only on a certain cloud service, told by AWS_EXECUTION_ENV, and
 * then sets variables that every child of the test would inherit: all are put back.
 */
async function unpack(folder: string): Promise<void> {
  const touched = ['TMPDIR', 'AWS_EXECUTION_ENV', 'LD_LIBRARY_PATH', 'FONTCONFIG_PATH', 'HOME']
  const before = touched.map((name) => [name, process.env[name]] as const)
  try {
    process.env['TMPDIR'] = folder
    process.env['AWS_EXECUTION_ENV'] = 'AWS_Lambda_nodejs24.x'
    const { default: packed } = await import('@sparticuz/chromium')
    packed.setGraphicsMode = false
    await packed.executablePath()
  } finally {
    // One by one: assigning an object to process.env would cut it off from the real environment.
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
}

/**
 * The package's own file names /tmp/fonts. Without a font text has no width and elements count as hidden. The package
 * brings one font, without fixed width; the system's are used where there are any.
 */
function fontsConfiguration(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${folder}/fonts</dir><dir>/usr/share/fonts</dir><cachedir>${folder}/font-cache</cachedir></fontconfig>
`
}

function startScriptFor(folder: string): string {
  return `#!/bin/sh
export LD_LIBRARY_PATH='${folder}/al2023/lib' FONTCONFIG_PATH='${folder}/fonts'
exec '${folder}/chromium' "$@"
`
}
