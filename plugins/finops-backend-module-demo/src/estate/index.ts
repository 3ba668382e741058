export { createDemoEstate } from './createDemoEstate';
export type { DemoEstate } from './createDemoEstate';
export type { DemoEstateOptions } from './estate';
export type { BilledRow, DailyInvoice, DayQuantities } from './billing';
export type { DemoTruth } from './truth';
export type { StoryTruth } from './types';
