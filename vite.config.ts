import { writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { resolve } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig, type EnvironmentOptions } from 'vite'
import { policyJsonSchema } from './electron/policy/schema.ts'

const here = (file: string): string => resolve(import.meta.dirname, file)
const builtins = [/^node:/, ...builtinModules]
/** koffi loads a native file that lies beside it; electron is the runtime itself. */
const notBundled = ['electron', 'koffi']

/** One bundle for Node: everything in it but Node, Electron and koffi, readable, with source maps. */
function forNode(folder: string, input: Record<string, string>, format: 'es' | 'cjs'): EnvironmentOptions {
  const extension = format === 'es' ? 'js' : 'cjs'
  return {
    consumer: 'server',
    resolve: { noExternal: true, external: notBundled, builtins },
    build: {
      outDir: here(`out/${folder}`),
      emptyOutDir: true,
      target: 'node24',
      ssr: true,
      minify: false,
      sourcemap: format === 'es',
      rollupOptions: {
        input,
        external: [...notBundled, ...builtins],
        output: {
          format,
          entryFileNames: `[name].${extension}`,
          // Beside the entry: code that looks for files of the installation counts the folders up from its own.
          chunkFileNames: `[name]-[hash].${extension}`,
        },
      },
    },
  }
}

export default defineConfig({
  root: here('renderer'),
  base: './',
  plugins: [react()],
  builder: {
    async buildApp(builder) {
      for (const name of ['client', 'main', 'preload', 'broker', 'cli', 'contained', 'hook'])
        await builder.build(builder.environments[name]!)
      // For editors: what `paddock policy schema` prints.
      writeFileSync(here('out/policy.schema.json'), `${JSON.stringify(policyJsonSchema(), null, 2)}\n`)
    },
  },
  environments: {
    // Not the top level's `build`: its input would be added to every other environment.
    client: {
      build: {
        outDir: here('out/renderer'),
        emptyOutDir: true,
        target: 'chrome148',
        modulePreload: { polyfill: false },
        rollupOptions: {
          input: { prompt: here('renderer/prompt.html'), console: here('renderer/console.html'), headless: here('renderer/headless.html') },
        },
      },
    },
    main: forNode('main', { index: here('electron/desktop/main.ts') }, 'es'),
    preload: forNode('preload', { index: here('electron/desktop/preload.ts') }, 'cjs'),
    broker: forNode('broker', { index: here('electron/broker/main.ts') }, 'es'),
    cli: forNode('cli', { paddock: here('electron/cli/paddock.ts') }, 'es'),
    // Of contained runs: the command, the process that becomes the agent, and the supervisor's thread. Not as modules, which take longer to load.
    contained: forNode(
      'contained',
      {
        'run-alone': here('electron/cli/run-alone.ts'),
        launcher: here('electron/containment/linux/launcher.ts'),
        thread: here('electron/containment/linux/thread.ts'),
      },
      'cjs',
    ),
    hook: forNode('hook', { hook: here('electron/connectors/hook-client.ts') }, 'cjs'),
  },
})
