import type { TaskIr } from '../../definition/task-ir.ts'
import type { Field, Fields } from '../../schema/field.ts'
import type { ConditionIr, TemplateIr, TreeIr } from '../../template/ir.ts'

type CompiledField<F extends Field> = F extends { is: 'text' | 'variable' | 'next' | 'workflow_id' }
  ? string
  : F extends { is: 'choice'; of: readonly (infer W)[] }
    ? W
    : F extends { is: 'template' }
      ? TemplateIr
      : F extends { is: 'tree' }
        ? TreeIr
        : F extends { is: 'condition' }
          ? ConditionIr
          : F extends { is: 'duration' | 'integer' }
            ? number
            : F extends { is: 'boolean' }
              ? boolean
              : F extends { is: 'task' }
                ? TaskIr
                : F extends { is: 'tasks' }
                  ? readonly TaskIr[]
                  : F extends { is: 'route' }
                    ? string | TaskIr
                    : F extends { is: 'routes' }
                      ? Readonly<Record<string, string | TaskIr>>
                      : F extends { is: 'object'; fields: infer S extends Fields }
                        ? CompiledFields<S>
                        : never

/** Fields after compilation: the same keys, optional unless `required`. Durations in ms. */
export type CompiledFields<S extends Fields> = {
  readonly [K in keyof S as S[K] extends { required: true } ? K : never]: CompiledField<S[K]>
} & {
  readonly [K in keyof S as S[K] extends { required: true } ? never : K]?: CompiledField<S[K]>
}
