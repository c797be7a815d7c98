import { SMART_ROBOT } from "@wecom-push/protocol/delivery"

/** Of a message with `else`: whether a call is of that app, and not of the robot. @param kind as it is stored with the call */
export function isOfOtherApp(kind: string): boolean {
  return kind !== SMART_ROBOT.name
}
