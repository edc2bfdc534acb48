import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { registriesOf } from '../../electron/broker/registries.ts'

test('registries are the ones that the user’s own configuration names, and no others', () => {
  const home = mkdtempSync(join(tmpdir(), 'paddock-registries-'))
  try {
    expect(registriesOf(home, {})).toEqual([])
    mkdirSync(join(home, '.cargo'))
    writeFileSync(join(home, '.npmrc'), '; registry=https://commented.example/\nregistry = https://npm.example.com/path/\n@team:registry=https://team.example:8443\n//npm.example.com/:_authToken=x\n')
    writeFileSync(join(home, '.cargo/config.toml'), '[registries.own]\nindex = "sparse+https://crates.example.com/index/"\n')
    expect(registriesOf(home, { PIP_INDEX_URL: 'http://user:word@pip.example.com/simple' })).toEqual([
      'npm.example.com:443',
      'team.example:8443',
      'crates.example.com:443',
      'pip.example.com:80',
    ])
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
})
