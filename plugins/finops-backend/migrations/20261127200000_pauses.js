/**
 * Pauses of all writing, as people asked for them.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('finops_pauses', table => {
    table.comment('A row for each pause; the one that lasts has no end');
    table.string('id').notNullable().primary();
    table.text('reason').notNullable();
    table.string('paused_by').notNullable();
    table.string('paused_at').notNullable();
    table.string('resumed_at');
  });
  // One at a time, whatever two people do at once.
  await knex.raw(
    `CREATE UNIQUE INDEX finops_pauses_lasting ON finops_pauses ((1)) WHERE resumed_at IS NULL`,
  );
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('finops_pauses');
};
