import type { FlowTask } from '../api/client.ts'
import { layOut, type PlacedEdge, type PlacedTask } from './layout.ts'

const cell = { width: 214, height: 84 }
const box = { width: 150, height: 52 }

const leftOf = ({ column }: PlacedTask) => column * cell.width + 8
const topOf = ({ row }: PlacedTask) => row * cell.height + 16

function Edge({ edge: { from, to, on } }: { readonly edge: PlacedEdge }) {
  const isBack = to.column <= from.column
  const start = { x: leftOf(from) + box.width, y: topOf(from) + box.height / 2 }
  const end = { x: leftOf(to), y: topOf(to) + box.height / 2 }
  const bend = isBack ? 40 : (end.x - start.x) / 2
  const path = `M${start.x},${start.y} C${start.x + bend},${start.y} ${end.x - bend},${end.y} ${end.x},${end.y}`
  const tone = on === 'error' || on === 'timeout' ? 'bad' : ''
  return (
    <g class={`edge ${tone}`}>
      <path d={path} marker-end="url(#arrow)" />
      {on !== 'success' && (
        <text x={start.x + 6} y={start.y + (end.y - start.y) * 0.4 - 5}>
          {on}
        </text>
      )}
    </g>
  )
}

function Box({ place }: { readonly place: PlacedTask }) {
  const { task } = place
  const inside = task.tasks.length
  return (
    <g class="box" transform={`translate(${leftOf(place)},${topOf(place)})`}>
      <title>{[task.id, task.type, task.subject].filter(Boolean).join(' · ')}</title>
      <rect width={box.width} height={box.height} rx={8} />
      <text x={10} y={21} class="id">
        {task.id.length > 18 ? `${task.id.slice(0, 17)}…` : task.id}
      </text>
      <text x={10} y={40}>
        {inside > 0 ? `${task.type}, ${inside} inside` : task.type}
      </text>
    </g>
  )
}

/** A wide drawing shrinks to the page down to this share; beyond it, it scrolls. */
const leastScale = 0.72

function Level({ tasks, label }: { readonly tasks: readonly FlowTask[]; readonly label: string }) {
  const { tasks: placed, edges, columns, rows } = layOut(tasks)
  // Nothing stands to the right of the last box but an edge that leads back.
  const width = (columns - 1) * cell.width + box.width + 24
  const height = rows * cell.height + 16
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      <svg
        class="graph"
        role="img"
        aria-label={`${label}: ${tasks.map(({ id }) => id).join(', ')}`}
        viewBox={`0 0 ${width} ${height}`}
        style={{ minWidth: `${width * leastScale}px`, maxWidth: `${width}px` }}
      >
        <defs>
          <marker id="arrow" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto">
            <path d="M0,0 L8,4 L0,8 z" />
          </marker>
        </defs>
        {edges.map((edge) => (
          <Edge key={`${edge.from.task.id} ${edge.to.task.id} ${edge.on}`} edge={edge} />
        ))}
        {placed.map((place) => (
          <Box key={place.task.id} place={place} />
        ))}
      </svg>
    </div>
  )
}

/** Containers with the tasks inside, at any depth. */
function containersOf(
  tasks: readonly FlowTask[],
  prefix = '',
): readonly (readonly [string, FlowTask])[] {
  return tasks.flatMap((task) => {
    const path = `${prefix}${task.id}`
    const children = task.tasks as readonly FlowTask[]
    const own = children.length > 0 ? [[path, task] as const] : []
    return [...own, ...containersOf(children, `${path}/`)]
  })
}

/** Draws a workflow: its tasks and the ways between them, then what each container holds. */
export function FlowGraph({ tasks }: { readonly tasks: readonly FlowTask[] }) {
  return (
    <>
      <Level tasks={tasks} label="Tasks of the workflow" />
      {containersOf(tasks).map(([path, task]) => (
        <section key={path}>
          <h3>
            Inside {path} <small>{task.type}</small>
          </h3>
          <Level tasks={task.tasks as readonly FlowTask[]} label={`Tasks inside ${path}`} />
        </section>
      ))}
    </>
  )
}
