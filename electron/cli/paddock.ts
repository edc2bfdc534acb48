#!/usr/bin/env node
import { argv, platform, versions } from 'node:process'
import { OLDEST_NODE, runOnOwnNode } from './on-own-node.ts'

if (Number.parseInt(versions.node, 10) < OLDEST_NODE) runOnOwnNode()
else {
  // A contained run needs two helpers that take as long to start as everything else here: they start first, while the rest is read.
  if (argv[2] === 'run' && platform === 'linux') (await import('../containment/linux/helpers.ts')).startHelpers()
  await import('./commands.ts')
}
