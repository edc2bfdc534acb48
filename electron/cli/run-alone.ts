import { startHelpers } from '../containment/linux/helpers.ts'
import { newProgram, parse } from './program.ts'
import { addRunCommand } from './run-command.ts'

// `paddock run` on Linux, without the other commands: an agent starts as fast as this is read.

startHelpers()
const program = newProgram('')
addRunCommand(program)
void parse(program)
