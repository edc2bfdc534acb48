/** Only folders of the system: whatever is found there may stand outside of the fence. */
export const SYSTEM_PATH = '/usr/local/bin:/usr/bin:/bin'
