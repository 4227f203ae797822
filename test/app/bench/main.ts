import { build } from '#scripts/build.ts'
import type { Figure } from '#scripts/bench/figure.ts'
import { withSizes, type SizedFigure } from '#scripts/bench/window/growth.ts'
import { measureHidden } from './measure-hidden.ts'
import { measureEvents, measureList, type Extent } from './measure-list.ts'
import { measureLog, measureVisits } from './measure-log.ts'
import { measureStart } from './measure-start.ts'
import { openWorld } from './world.ts'

/** Measures the window; the last line of stdout is every figure as JSON, stderr is for whoever waits. */
const { runs, isQuick, sizes, parts } = JSON.parse(process.argv[2] ?? '{}') as Extent & { sizes: number[]; parts?: string[] }
const wants = (part: string): boolean => parts === undefined || parts.includes(part)

const say = (line: string): void => console.error(`  ${line}`)
await build()
const figures: Figure[] = []
if (wants('start')) figures.push(...(await measureStart(runs)))
const sized = new Map<string, SizedFigure[]>()
for (const size of sizes) {
  say(`${size} containers`)
  await using world = await openWorld(size)
  const measured = [
    ...(wants('list') ? await measureList(world, { runs, isQuick }) : []),
    ...(wants('events') ? await measureEvents(world, { runs, isQuick }) : []),
    ...(wants('hidden') ? await measureHidden(world, { runs, isQuick }) : []),
    ...(wants('log') ? await measureLog(world, { runs, isQuick }) : []),
    ...(wants('visits') ? await measureVisits(world, { runs, isQuick }) : []),
  ]
  for (const one of measured) sized.set(one.name, [...(sized.get(one.name) ?? []), { size, figure: one }])
}
for (const group of sized.values()) figures.push(...withSizes(group))
console.log(JSON.stringify(figures))
