/**
 * Runs tasks, at most `width` at a time, and yields their results in the order they finish. A task
 * starts only when its place is free *and* the consumer has taken an earlier result, so results
 * never pile up behind a slow consumer.
 */
export async function* asTheyFinish<T>(
  tasks: Iterable<() => Promise<T>>,
  width: number,
): AsyncGenerator<T, void, undefined> {
  const waiting = tasks[Symbol.iterator]();
  const running = new Map<
    number,
    Promise<{ readonly id: number; readonly value: T }>
  >();
  let nextId = 0;
  for (;;) {
    while (running.size < width) {
      const task = waiting.next();
      if (task.done) {
        break;
      }
      const id = nextId++;
      const promise = task.value().then(value => ({ id, value }));
      // Whoever stops consuming early must not leave an unhandled rejection behind.
      promise.catch(() => undefined);
      running.set(id, promise);
    }
    if (running.size === 0) {
      return;
    }
    const { id, value } = await Promise.race(running.values());
    running.delete(id);
    yield value;
  }
}
