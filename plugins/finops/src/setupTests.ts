import '@testing-library/jest-dom';

// jsdom has no layout, so nothing would ever be observed; the charts only ask that it exists.
global.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
