import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { shippedReplay, tracesFolder } from './monitor-data.ts'
import { monitorFigures, type Figure, type Section } from './monitor-figures.ts'

const DOCUMENT = join(import.meta.dirname, '../../docs/monitor.md')
const BEGIN = '<!-- figures: written by npm run corpus -- --write -->'
const END = '<!-- end of figures -->'

/** Prints the figures of the monitor; with `write` also into the documentation, between its two marks. */
export function reportMonitor(write: boolean): void {
  const folder = tracesFolder()
  if (folder === undefined) return console.log('\nMonitor: no recorded sessions here (PADDOCK_TRACES names their folder), so nothing was measured')
  const sections = monitorFigures(folder, shippedReplay())
  for (const { title, figures, says } of sections) {
    console.log(`\nMonitor: ${title}`)
    for (const figure of figures) console.log(`  ${figure.what.padEnd(72)}${counted(figure).padStart(22)}${verdict(figure)}`)
    if (says !== undefined) console.log(`  ${says}`)
  }
  if (write) writeFileSync(DOCUMENT, withFigures(readFileSync(DOCUMENT, 'utf8'), sections))
}

function counted({ count, of }: Figure): string {
  return `${count}/${of} ${((count / Math.max(1, of)) * 100).toFixed(1)} %`
}

function verdict({ target, reached }: Figure): string {
  return target === '' ? '' : `   target ${target}: ${reached ? 'reached' : 'NOT REACHED'}`
}

function withFigures(text: string, sections: readonly Section[]): string {
  const [head, rest] = text.split(BEGIN)
  const tail = rest?.split(END)[1]
  if (head === undefined || tail === undefined) throw new Error(`${DOCUMENT} has no place for the figures`)
  const tables = sections.map(({ title, figures, says }) => [`### ${title}`, '', '| | counted | target |', '|---|---|---|', ...figures.map(tableRow), '', ...(says === undefined ? [] : [says, ''])].join('\n'))
  return `${head}${BEGIN}\n\n${tables.join('\n')}\n${END}${tail}`
}

function tableRow(figure: Figure): string {
  const name = figure.what.startsWith('  ') ? `&nbsp;&nbsp;${figure.what.trim()}` : `**${figure.what}**`
  return `| ${name} | ${counted(figure)} | ${figure.target}${figure.target === '' ? '' : figure.reached ? ', reached' : ', **not reached**'} |`
}
