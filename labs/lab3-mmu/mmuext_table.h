/*
 * mmuext_op's operations on page tables (floor 3).
 */
#ifndef RINGLET_MMUEXT_TABLE_H
#define RINGLET_MMUEXT_TABLE_H

/* Hang them in behind floor 2's mmuext_op. */
void mmuext_table_init(void);

#endif
