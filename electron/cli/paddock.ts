#!/usr/bin/env node
import { createRequire } from 'node:module'
import { argv, platform, versions } from 'node:process'
import { OLDEST_NODE, runOnOwnNode } from './on-own-node.ts'

/** Its source, or what the build made of it. */
const RUN_ALONE = import.meta.filename.endsWith('.ts') ? './run-alone.ts' : '../contained/run-alone.cjs'

if (Number.parseInt(versions.node, 10) < OLDEST_NODE) runOnOwnNode()
else if (argv[2] === 'run' && platform === 'linux') createRequire(import.meta.url)(RUN_ALONE)
else await import('./commands.ts')
