import type { Attack } from './attack.ts'
import { descriptors } from './descriptors.ts'
import { kernel } from './kernel.ts'
import { namespaces } from './namespaces.ts'
import { network } from './network.ts'
import { paddock } from './paddock.ts'
import { programs } from './programs.ts'
import { proxied } from './proxy.ts'
import { races } from './races.ts'
import { planting, renaming } from './renaming.ts'
import { secrets } from './secrets.ts'
import { writing } from './writing.ts'

export const attacks: readonly Attack[] = [...secrets, ...writing, ...network, ...proxied, ...kernel, ...paddock, ...races, ...namespaces, ...descriptors, ...programs, ...planting, ...renaming]
