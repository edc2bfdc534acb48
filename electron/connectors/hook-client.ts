import { askBroker } from './ask-broker.ts'

// Arguments: AGENT ENDPOINT WAIT_MS. Connectors put this program into the settings of agents.
const [agent = '', endpoint = '', waits = ''] = process.argv.slice(2)
askBroker(agent, endpoint, Number(waits))
