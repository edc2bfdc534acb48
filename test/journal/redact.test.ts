import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Call } from '../../electron/contract/call.ts'
import { AgentId, SessionId } from '../../electron/contract/ids.ts'
import { redactCall, redactEvent } from '../../electron/journal/redact-event.ts'
import { redact } from '../../electron/journal/redact.ts'
import { parseRedactionRules } from '../../electron/journal/redaction-rules.ts'

const shipped = parseRedactionRules(readFileSync(join(import.meta.dirname, '../../policies/knowledge/redaction.yaml'), 'utf8'))
if (!shipped.ok) throw new Error(shipped.error)
const rules = shipped.value

/** A value that no rule but the one under test could recognise. */
const value = 'hunter2x9'
const github = ['gh', 'p_', 'a1B2'.repeat(9)].join('')
const pem = (edge: 'BEGIN' | 'END', kind = ''): string => ['-----', edge, kind, ' PRIVATE', ' KEY-----'].join('')

describe('a secret does not survive redaction', () => {
  const texts: Record<string, string> = {
    'a token by its prefix': `git clone https://x/${github}`,
    'a variable': `DB_PASSWORD=${value} npm test`,
    'an exported variable in quotes': `export GITHUB_TOKEN="${value} and more ${value}"`,
    'an option with =': `deploy --api-key=${value} --now`,
    'an option with a space': `deploy --client-secret ${value} --now`,
    'a field of JSON': `{"user": "u", "accessKey": "${value}", "n": 1}`,
    'a field of JSON in a shell string': `curl -d "{\\"password\\": \\"${value}\\"}" https://x`,
    'a field of YAML': `password: ${value}\nuser: u`,
    'a parameter of a URL': `curl https://x/y?page=1&auth_token=${value}&z=2`,
    'a header in quotes': `curl -H "Authorization: Bearer ${value}" https://x`,
    'a header of a request': `GET / HTTP/1.1\nX-Api-Key: ${value}\nHost: x`,
    'a cookie': `curl -H 'Cookie: session=${value}; other=${value}' https://x`,
    'a password in a URL': `psql postgres://user:${value}@db:5432/x`,
    'a password with @ in a URL': `psql postgres://user:p@${value}@db/x`,
    'a name that is a token in a URL': `git clone https://${value}${value}@host/x`,
    'an escaped blank in a value': `PASSWORD=a\\ ${value} run`,
    'a value joined from quotes': `PASSWORD=ab"${value}" run`,
    'a joined option': `/usr/bin/mysql -u root -p${value} shop`,
    'an option of a program': `sshpass -p ${value} ssh host`,
    'the password of user:password': `curl -su x:y -u user:${value} https://x`,
    'an option in a later command': `cd /x && docker login -p '${value}' registry`,
    'a private key': `${pem('BEGIN', ' RSA')}\n${value}\n${pem('END', ' RSA')}`,
    'a private key that is cut short': `${pem('BEGIN')}\n${value}\n${value}`,
  }
  test.each(Object.entries(texts))('%s', (_, text) => {
    const redacted = redact(text, rules)
    expect(redacted).toContain('‹redacted›')
    expect(redacted).not.toContain(value)
    expect(redacted).not.toContain(github)
  })
})

describe('what is no secret stays readable', () => {
  test.each([
    'git commit -m "Add a tokenizer" && git push',
    'curl -H "Authorization: Bearer $TOKEN" https://api.example.com/v1/items?page=2',
    'DB_PASSWORD=$(pass show db) npm run migrate',
    'PWD=/home/u mkdir -p a/b/c',
    'nerdctl run -p 8080:80 nginx',
    'ssh git@github.com',
    'cat ~/.ssh/id_ed25519.pub',
    'mysql -u root -p shop',
  ])('%s', (text) => expect(redact(text, rules)).toBe(text))

  test('the rest of a text with a secret', () => {
    expect(redact(`FOO=1 API_TOKEN=${value} make -j4 > out.txt`, rules)).toBe('FOO=1 API_TOKEN=‹redacted› make -j4 > out.txt')
    expect(redact(`curl -u me:${value} https://x`, rules)).toBe('curl -u me:‹redacted› https://x')
  })
})

test('any value of a secret name goes, whatever characters it has', () => {
  const characters = fc.constantFrom(...Array.from('abcXYZ019+/=_-.$!@#%^*~?:'))
  const plain = fc.string({ unit: characters, minLength: 6 }).filter((text) => !/^[=$%]/.test(text))
  fc.assert(
    fc.property(plain, fc.constantFrom("'", '"', ''), (secret, quote) => {
      const text = `run --password=${quote}${secret}${quote} --next`
      expect(redact(text, rules)).toBe(`run --password=${quote}‹redacted›${quote} --next`)
    }),
  )
})

test('redaction takes any text and never adds to what is kept', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const parts = redact(text, rules).split('‹redacted›')
      let from = 0
      for (const part of parts) {
        const at = text.indexOf(part, from)
        expect(at).toBeGreaterThanOrEqual(from)
        from = at + part.length
      }
    }),
  )
})

test.each(['://a:', 'token=a"', '-----BEGIN ', 'password: \\', 'curl -u ', 'a.', ' ', '"', 'Cookie: '])(
  'a megabyte of %j is worked through', // in linear time: a quadratic pass would run into the time limit
  (part) => void redact(part.repeat(2 ** 20 / part.length), rules),
)

describe('a call as it is stored', () => {
  test('keeps the length of what would be written, not the content', () => {
    const call: Call = { tool: 'write', path: '/w/.env', content: `TOKEN=${value}` }
    expect(redactCall(call, rules)).toEqual({ tool: 'write', path: '/w/.env', content: `‹${call.content!.length} characters›` })
  })

  test('loses secret arguments at any depth', () => {
    const call: Call = { tool: 'mcp', server: 's', name: 'n', arguments: { login: [{ user: 'u', password: value, pin: { secret: 4711 } }], note: `--token ${value}` } }
    expect(JSON.stringify(redactCall(call, rules))).not.toMatch(new RegExp(`${value}|4711`))
  })

  test('loses them in effects and reasons too', () => {
    const caller = { agent: AgentId.parse('claude-code'), session: SessionId.parse('s'), workspace: '/w' }
    const event = redactEvent(
      {
        kind: 'decision', caller, cwd: '/w', toolName: 'Bash', verdict: 'deny', by: 'policy', revision: 1,
        call: { tool: 'shell', command: `mysql -p${value} x; sshpass -p ${value} ssh h` },
        effects: [
          { kind: 'exec', program: '/usr/bin/mysql', args: [`-p${value}`, 'x'] },
          { kind: 'exec', program: 'sshpass', args: ['-p', value, 'ssh', null] },
          { kind: 'exec', program: 'deploy', args: ['--token', value] },
        ],
        reasons: [{ verdict: 'deny', rule: 'default', source: 'base.yaml:1', layer: 'user', message: `runs mysql -p${value}`, effect: 0 }],
      },
      rules,
    )
    expect(JSON.stringify(event)).not.toContain(value)
    expect(JSON.stringify(event)).toContain('"-p‹redacted›","x"')
  })
})

test('a mistake in the rules is named', () => {
  expect(parseRedactionRules('redaction: 1\ntokens: []\nnames: []\nheaders: []\noptions: []\nnmes: []')).toMatchObject({
    ok: false,
    error: expect.stringContaining('nmes'),
  })
})
