/**
 * Which gateway has the connections of all smart robots of a store. WeCom ends the connection of a robot when it gets another, so
 * that only one may make them.
 */
export interface RobotLease {
  /** By a steady clock: false before another gateway can have it. */
  readonly isHeld: boolean
  /** Asks the store. @returns false also when it cannot be asked */
  confirm(): Promise<boolean>
  /**
   * @param listener called after it was taken, and after it is over
   * @returns a function that ends that
   */
  onChange(listener: () => void): () => void
}

/** Of the only gateway on its store. */
export const ALWAYS_HELD: RobotLease = {
  isHeld: true,
  confirm: () => Promise.resolve(true),
  onChange: () => () => undefined,
}
