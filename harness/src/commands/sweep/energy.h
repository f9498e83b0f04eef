/*
 * energy.h - joules of this machine's processors, as the kernel counts them (powercap, RAPL).
 *
 * Each processor package has a counter of microjoules, energy_uj, which begins anew beyond its
 * max_energy_range_uj - within minutes under load, so that a thread reads them now and then. What
 * the packages take is of all that runs on the machine meanwhile, memory and devices left out. Most
 * kernels show the counters to root alone.
 * Source: Linux, Documentation/power/powercap/powercap.rst.
 */
#ifndef COMMANDS_SWEEP_ENERGY_H
#define COMMANDS_SWEEP_ENERGY_H

#define ENERGY_FOLDER "/sys/class/powercap"
#define ENERGY_SECONDS                                                                             \
    20.0 /* between two readings: 262 kJ in that time would be 13 kW a package                     \
          */

struct energy_meter;

/* From now on; folder: ENERGY_FOLDER, but in tests. */
struct energy_meter *energy_begin(const char *folder);
/* One more reading, now. */
void energy_read(struct energy_meter *meter);
/* Joules since energy_begin, or NAN where the kernel does not show all of them; frees. */
double energy_end(struct energy_meter *meter);

#endif /* COMMANDS_SWEEP_ENERGY_H */
