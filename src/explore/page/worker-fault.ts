/** What is said of a worker that ended: without a message its files could not be fetched. */
export const workerFault = ({ message }: ErrorEvent) =>
  message || 'a part of this page cannot be fetched: does didyprog explore still run?';
