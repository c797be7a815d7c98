/**
 * Which gateway has the connections of all smart robots of a store. WeCom ends a robot's connection when the robot gets
 * another, so only one gateway may make them.
 */
export interface RobotLease {
  /** Measured by a steady clock: it becomes false before another gateway can get the lease. */
  readonly isHeld: boolean
  /** Asks the store whether the lease is held. @returns false also when the store cannot be asked */
  confirm(): Promise<boolean>
  /**
   * @param listener called after the lease was taken, and after it ended
   * @returns a function that ends the subscription
   */
  onChange(listener: () => void): () => void
}

/** The lease where only one gateway uses the store. */
export const ALWAYS_HELD: RobotLease = {
  isHeld: true,
  confirm: () => Promise.resolve(true),
  onChange: () => () => undefined,
}
