/**
 * Checks of change requests that people open, and the deliveries of forges that tell of them.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('finops_forge_deliveries', table => {
    table.comment('What forges told, so that nothing is taken twice');
    table.string('id').notNullable().primary();
    table.string('source_id').notNullable();
    table.string('delivery_id').notNullable();
    table.string('digest', 64).notNullable().comment('SHA-256 of the content');
    table.string('received_at').notNullable();
    table.unique(['source_id', 'delivery_id']);
    table.unique(['source_id', 'digest']);
    table.index('received_at');
  });
  await knex.schema.createTable('finops_checks', table => {
    table.comment(
      'A row for each change request; the claim keeps writers apart',
    );
    table.string('id', 64).notNullable().primary();
    table.string('repository').notNullable().comment('URL');
    table.integer('number').notNullable();
    table
      .string('marker')
      .notNullable()
      .comment('Finds our comment again; nobody else can know it before');
    table.string('head_sha').notNullable().comment('As the last event said');
    table.string('event_at').notNullable().comment('Of the last event');
    table
      .integer('wanted')
      .notNullable()
      .comment('Counts events: one that comes meanwhile is not lost');
    table.integer('done').notNullable().defaultTo(0);
    table.string('look_at').comment('When to look next; none = when told');
    table.integer('attempts').notNullable().defaultTo(0);
    table.string('claim');
    table.string('claimed_until');
    table.string('state').notNullable().comment('open | merged | closed');
    table.text('report').comment('JSON: what was found of the last head');
    table.string('conclusion').comment('pending | success | failure');
    table.text('conclusion_text');
    table.bigInteger('comment_id');
    table.text('comment_url');
    table
      .text('published')
      .comment('sha, state and text of the status last published');
    table.text('last_error');
    table.string('updated_at').notNullable();
    table.unique(['repository', 'number']);
    table.index('look_at');
  });
  await knex.schema.createTable('finops_check_tests', table => {
    table.comment('Workflows started for a head, each once');
    table.string('check_id', 64).notNullable();
    table.string('head_sha').notNullable();
    table.string('workflow').notNullable();
    table.string('repository').notNullable();
    table.boolean('required').notNullable();
    table
      .string('state')
      .notNullable()
      .comment('intended | started | success | failure');
    table.string('asked_at').notNullable();
    table.bigInteger('run_id');
    table.text('run_url');
    table.text('detail');
    table.primary(['check_id', 'head_sha', 'workflow']);
    table.index(['repository', 'asked_at']);
    table.index('head_sha');
  });
  await knex.schema.createTable('finops_check_approvals', table => {
    table.comment('Approvals, each bound to what was found');
    table.string('check_id', 64).notNullable();
    table.string('report_hash', 64).notNullable();
    table.string('approver').notNullable();
    table.string('at').notNullable();
    table.primary(['check_id', 'report_hash', 'approver']);
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  for (const table of [
    'finops_check_approvals',
    'finops_check_tests',
    'finops_checks',
    'finops_forge_deliveries',
  ]) {
    await knex.schema.dropTable(table);
  }
};
