export type { Said } from "./bots/say.ts"
export type { SaidToApp } from "./callbacks/say.ts"
export type { CallbackDelivery, CallbackTry } from "./callbacks/delivery.ts"
export type { ClickRefusalCode } from "./callbacks/press-card.ts"
export type { SimulatorClock } from "./control/advance-clock.ts"
export type { BadField } from "./control/bad-field.ts"
export type { Fault } from "./faults/fault.ts"
export { ClickRefused, type Click } from "./in-process/click.ts"
export { MessageNotShown } from "./in-process/message-not-shown.ts"
export type { ShownBody, ShownMessage } from "./in-process/shown-message.ts"
export type { WantedMessage } from "./in-process/wait-for-message.ts"
export type { MessageFilter, SimulatorControls } from "./in-process/controls.ts"
export { InvalidSimulatorOptions } from "./invalid-options.ts"
export type {
  App,
  Bot,
  BotGroup,
  Callback,
  Department,
  Member,
  OrgDocument,
  OrgInput,
  Robot,
  Tag,
  VisibleRange,
} from "./org/types.ts"
export type { PhoneMessage } from "./phone-messages.ts"
export type { ChosenSettings, LimitSettings, Settings } from "./settings.ts"
export { startSimulator, type Simulator, type SimulatorOptions } from "./start-simulator.ts"
