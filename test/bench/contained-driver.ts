import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { createConnection } from 'node:net'
import { createInterface } from 'node:readline'

// Runs in the workspace of a measurement, plain, contained or in a sandbox. For each line, a job as JSON, it prints how long that took,
// in microseconds.

type Job = { command: string[] } | { opens: string; times: number } | { connects: number; times: number }

for await (const line of createInterface({ input: process.stdin })) {
  const start = performance.now()
  await work(JSON.parse(line) as Job)
  console.log((performance.now() - start) * 1000)
}

async function work(job: Job): Promise<void> {
  if ('command' in job) {
    const [program = '', ...args] = job.command
    const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`${job.command.join(' ')}: ${error?.message ?? stderr}`)
  } else if ('opens' in job) {
    for (let at = 0; at < job.times; at++) closeSync(openSync(job.opens, 'r'))
  } else {
    for (let at = 0; at < job.times; at++) await connected(job.connects)
  }
}

function connected(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ port, host: '127.0.0.1' }).once('connect', () => {
      socket.resetAndDestroy()
      resolve()
    })
    socket.on('error', reject)
  })
}
