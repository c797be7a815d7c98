import { controlProblem, type BadField } from "./control/bad-field.ts"

/** Options, an organisation, settings, a fault or a wish that cannot be used. */
export class InvalidSimulatorOptions extends Error {
  /** Every one of them, each in both languages. */
  readonly badFields: readonly BadField[]

  constructor(badFields: readonly BadField[]) {
    super(controlProblem(badFields).error)
    this.name = "InvalidSimulatorOptions"
    this.badFields = badFields
  }
}
