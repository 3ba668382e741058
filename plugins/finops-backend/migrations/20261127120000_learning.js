/**
 * What was learnt of rightsizing risk, and every choice it was learnt from.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('finops_learner', table => {
    table.comment('One row: all that was learnt of rightsizing risk');
    table.string('id', 32).notNullable().primary();
    table
      .integer('version')
      .notNullable()
      .comment(
        'Raised by every write; whoever read an older one writes nothing',
      );
    table.text('learner').notNullable().comment('Exported learner');
    table
      .text('verdicts')
      .notNullable()
      .comment('JSON: by context, whether the learner may act and why');
    table
      .string('taught_at')
      .comment('When stored use was last replayed; absent after a reset');
    table.string('updated_at').notNullable();
  });
  await knex.schema.createTable('finops_learning_choices', table => {
    table.comment(
      'Each choice with its propensity; its outcome is filled once',
    );
    table.string('id').notNullable().primary();
    table.string('workload').notNullable();
    table.string('container').notNullable();
    table.string('resource').notNullable().comment('cpu | memory');
    table
      .string('context')
      .notNullable()
      .comment('Workload class and resource, e.g. standard/cpu');
    table.string('arm').notNullable().comment('Risk and window, e.g. bold/7');
    table.double('propensity').notNullable();
    table
      .boolean('guarded')
      .notNullable()
      .comment('Whether the budget or the gate forbade an arm');
    table.string('chosen_at').notNullable();
    table.double('request').notNullable().comment('Cores or bytes');
    table.double('baseline_request').notNullable();
    table.string('settled_at').comment('Absent while the outcome is awaited');
    table.string('settled_as').comment('learnt | withdrawn');
    table.text('reason').comment('Why it was withdrawn');
    table.double('time_over').comment('Share of time above the request, 0..1');
    table.double('baseline_time_over');
    table.index('chosen_at');
    table.index(['workload', 'settled_at']);
  });
  // One choice at a time: the database keeps it, whatever two backends do.
  await knex.raw(
    `CREATE UNIQUE INDEX finops_learning_choices_awaited ON finops_learning_choices
      (workload, container, resource) WHERE settled_at IS NULL`,
  );
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('finops_learning_choices');
  await knex.schema.dropTable('finops_learner');
};
