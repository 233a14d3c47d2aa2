/** The words of a process record. */

/** PROCESS.STATE: one bit each, as joiners wait for one. */
export const PROCESS_STATE = { NEW: 1, STARTING: 2, STARTED: 4, ENDED: 8, CLOSED: 16 } as const;

/** PROCESS.FLAGS. */
export const DAEMON: number = 1;
