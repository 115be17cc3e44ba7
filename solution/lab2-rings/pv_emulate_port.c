/*
 * Ports of ring-1 guests (floor 2). A guest without a device of its own finds no device behind any port: reads are all
 * ones, writes are dropped. Whether it may try at all is a matter of its virtual IOPL and, for programs, of a bitmap,
 * like that of a TSS (abi.md 1.10; physdev_op set_iopl and set_iobitmap).
 */
#include "bounce.h"
#include "cpu.h"
#include "descriptor_tables.h"
#include "emulate.h"
#include "guest_copy.h"
#include "pv_emulate.h"

#define PAGE_FAULT_PRESENT 1u /* of its error code: the page is there, but not for this */
#define PAGE_FAULT_WRITE   2u
#define NOBODY 0xffffffffu /* what a bus without a device reads as */

/*
 * The kernel's ring is 1, or 0 for a kernel that has asked to see IOPL as a real one would be (VM_ASSIST 4): then it
 * may always. SDM vol. 1 section 18.5.1: CPL must not be above IOPL.
 */
bool pv_may_use_ports(const struct pv_vcpu *pv)
{
    if (!pv_in_kernel(pv->vcpu->frame))
        return pv->iopl == 3;
    return pv->iopl >= 1 || (pv->owner->assists & 1u << VM_ASSIST_ARCHITECTURAL_IOPL);
}

/*
 * A clear bit in the bitmap opens a port to programs; what cannot be read, or lies behind the end, is closed. Read anew
 * each time, a byte at a time: nothing of it is kept that the guest could change between check and use.
 */
static bool bitmap_allows(const struct pv_vcpu *pv, uint32_t port)
{
    uint8_t byte;

    if (port >= pv->io_bitmap_ports || copy_from_guest(pv, &byte, pv->io_bitmap + port / 8, 1) != 0)
        return false;
    return !(byte >> port % 8 & 1);
}

/* An access of two or four bytes is to as many ports: all of them must be open. */
bool pv_may_use_port(const struct pv_vcpu *pv, uint16_t port, unsigned size)
{
    if (pv_may_use_ports(pv))
        return true;
    for (unsigned i = 0; i < size; i++)
        if (pv_in_kernel(pv->vcpu->frame) || !bitmap_allows(pv, port + i))
            return false;
    return true;
}

/* IN and OUT: an immediate names the first 256 only; the others come in DX, whose upper half does not count. */
static uint16_t port_of(const struct pv_vcpu *pv, const struct insn *insn)
{
    return insn->has_immediate ? insn->immediate : (uint16_t)pv->vcpu->frame->edx;
}

/* The bus is not asked: what is on the real one is the hypervisor's. Of EAX only as many bytes change as are read. */
enum pv_outcome pv_in(struct pv_vcpu *pv, const struct insn *insn)
{
    if (!pv_may_use_port(pv, port_of(pv, insn), insn->operand_size))
        return PV_REFUSED;
    register_write(pv->vcpu->frame, REG_AX, insn->operand_size, NOBODY);
    return PV_DONE;
}

/* Dropped. Kernels write to port 0x80 to pass a microsecond, and here that much has passed. */
enum pv_outcome pv_out(struct pv_vcpu *pv, const struct insn *insn)
{
    return pv_may_use_port(pv, port_of(pv, insn), insn->operand_size) ? PV_DONE : PV_REFUSED;
}

/*
 * Without REP one element; with it as many as ECX says, in address size. Asked anew after each element, as the CPU
 * does: the count is in the guest's register, where an interrupted string instruction leaves it (SDM vol. 2, REP).
 */
static uint32_t elements(const struct pv_vcpu *pv, const struct insn *insn)
{
    return insn->rep == REP_NONE ? 1 : register_read(pv->vcpu->frame, REG_CX, insn->address_size);
}

/* One element between the bus that nobody is on and guest memory. False: the memory is not there. */
static bool element_move(struct pv_vcpu *pv, const struct insn *insn, bool is_in, uint32_t address)
{
    uint32_t value = NOBODY, last = address + insn->operand_size - 1;
    bool user = !pv_in_kernel(pv->vcpu->frame);

    /* Our own copy knows no rings: a program with a port must not reach what its kernel keeps from it. */
    if (!page_is_reachable(pv, address, is_in, user) || !page_is_reachable(pv, last, is_in, user))
        return false;
    if (is_in)
        return copy_to_guest(pv, address, &value, insn->operand_size) == 0;
    return copy_from_guest(pv, &value, address, insn->operand_size) == 0;
}

/*
 * An element that is not all there: the fault is at its first byte that is not, as on hardware, which may be in the
 * next page. A kernel that mends the page in CR2 and goes back would otherwise mend the wrong one for ever.
 */
static void element_fault(struct pv_vcpu *pv, bool is_in, uint32_t address)
{
    uint32_t error = is_in ? PAGE_FAULT_WRITE : 0;

    while (page_is_reachable(pv, address, is_in, !pv_in_kernel(pv->vcpu->frame)))
        address++;
    if (guest_pointer(pv, address, false) != NULL)
        error |= PAGE_FAULT_PRESENT;
    bounce_page_fault(pv, error, address);
}

/*
 * One element is done: the index moves on, down if DF is set, and the count goes down. In address size: they wrap
 * there.
 */
static void string_step(struct trap_frame *frame, const struct insn *insn, unsigned index)
{
    uint32_t step = frame->eflags & EFLAGS_DF ? 0u - insn->operand_size : insn->operand_size;

    register_write(frame, index, insn->address_size, register_read(frame, index, insn->address_size) + step);
    if (insn->rep != REP_NONE)
        register_write(frame, REG_CX, insn->address_size, register_read(frame, REG_CX, insn->address_size) - 1);
}

/*
 * A batch of elements; what is left is done when the guest comes here again, for EIP then stays. What has been
 * moved before a page that is not there stays moved, as on hardware.
 */
static enum pv_outcome string_run(struct pv_vcpu *pv, const struct insn *insn, bool is_in)
{
    struct trap_frame *frame = pv->vcpu->frame;
    unsigned index = is_in ? REG_DI : REG_SI, segment = is_in ? SEG_ES : insn->segment;
    uint32_t base, address;

    if (!pv_may_use_port(pv, (uint16_t)frame->edx, insn->operand_size) || !data_base(pv, segment, &base))
        return PV_REFUSED;
    for (unsigned done = 0; elements(pv, insn) != 0; done++) {
        address = base + register_read(frame, index, insn->address_size);
        if (done == EMULATE_REP_BATCH)
            return PV_STAYS;
        if (!element_move(pv, insn, is_in, address)) {
            element_fault(pv, is_in, address);
            return PV_STAYS;
        }
        string_step(frame, insn, index);
        if (insn->rep == REP_NONE)
            break;
    }
    return PV_DONE;
}

/* INS writes to ES:[E]DI, which no prefix can change (SDM vol. 2); OUTS reads from DS:[E]SI or what a prefix names. */
enum pv_outcome pv_ins(struct pv_vcpu *pv, const struct insn *insn)
{
    return string_run(pv, insn, true);
}

enum pv_outcome pv_outs(struct pv_vcpu *pv, const struct insn *insn)
{
    return string_run(pv, insn, false);
}
