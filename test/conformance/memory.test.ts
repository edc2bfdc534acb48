import { channelPair } from '../../electron/contract/channel.ts'
import { makeHome, start } from '../broker/fixture.ts'
import { conformance } from './conformance.ts'

conformance('in memory', async () => {
  const home = makeHome()
  const broker = await start(home)
  let closed = false
  const close = async (): Promise<void> => {
    if (closed) return
    closed = true
    await broker.close()
  }
  return {
    home,
    open: async (role) => {
      const [channel, served] = channelPair()
      broker.attach(served, [role])
      return { channel, roles: [role] }
    },
    breakBroker: close,
    close: async () => {
      await close()
      home.remove()
    },
  }
})
