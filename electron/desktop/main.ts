import { runDesktop } from './desktop.ts'
import { electron } from './host-electron.ts'
import { startRefusal } from './start-refusal.ts'

const refusal = startRefusal(process.argv.slice(1), process.env)
if (refusal) {
  console.error(refusal)
  electron.app.exit(2)
} else if (electron.app.requestSingleInstanceLock()) {
  // Not awaited: Electron becomes ready only once this module is evaluated, and the desktop waits for that.
  runDesktop(electron).catch((error: unknown) => {
    console.error('Paddock could not start:', error)
    electron.app.exit(1)
  })
} else {
  // The Paddock that runs already opens its console.
  electron.app.quit()
}
