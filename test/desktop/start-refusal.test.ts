import { expect, test } from 'vitest'
import { startRefusal } from '../../electron/desktop/start-refusal.ts'

test.each([
  ['--no-sandbox'],
  ['--remote-debugging-port=9222'],
  ['--remote-debugging-pipe'],
  ['--remote-debugging-address=0.0.0.0'],
  ['--inspect'],
  ['--inspect-brk=9229'],
  ['--inspect=127.0.0.1:9229'],
  ['--js-flags=--expose-gc'],
  ['--load-extension=/tmp/x'],
  ['--disable-web-security'],
  ['--INSPECT'],
  ['-inspect'],
  ['/inspect'],
])('does not start with %s', (argument) => {
  expect(startRefusal(['/opt/paddock', argument], {})).toContain(argument)
})

test.each(['NODE_OPTIONS', 'ELECTRON_RUN_AS_NODE'])('does not start while %s is set, even to nothing', (variable) => {
  const refusal = startRefusal([], { [variable]: '' })
  expect(refusal).toContain(variable)
  expect(refusal).toContain('Unset it')
})

test('starts with what a desktop passes to every application', () => {
  const args = ['/opt/paddock', '--enable-features=UseOzonePlatform', '--ozone-platform=wayland', 'inspect', '--lang=de']
  expect(startRefusal(args, { PATH: '/bin', NODE_ENV: 'production' })).toBeUndefined()
})
