#!/usr/bin/env node
import { argv, platform } from 'node:process'

// A contained run needs two helpers that take as long to start as everything else here: they start first, while the rest is read.
if (argv[2] === 'run' && platform === 'linux') (await import('../containment/linux/helpers.ts')).startHelpers()
await import('./commands.ts')
