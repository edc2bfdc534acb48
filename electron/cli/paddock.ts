#!/usr/bin/env node
// A contained run needs two helpers that take as long to start as everything else here: they start first, while the rest is read.
if (process.argv[2] === 'run' && process.platform === 'linux') (await import('../containment/linux/helpers.ts')).startHelpers()
await import('./commands.ts')

export {}
