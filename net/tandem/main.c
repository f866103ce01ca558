// SPDX-License-Identifier: GPL-2.0
/* Module entry and exit. */

#include <linux/module.h>
#include <linux/pci.h>
#include <linux/suspend.h>
#include <net/rtnetlink.h>

#include "tandem.h"

static int __init tandem_init(void)
{
	int err;

	err = tandem_linger_setup();
	if (err)
		return err;

	err = register_netdevice_notifier(&tandem_pair_notifier);
	if (err)
		goto err_teardown_linger;

	err = bus_register_notifier(&pci_bus_type, &tandem_unbind_notifier);
	if (err)
		goto err_unregister_notifier;

	err = register_pm_notifier(&tandem_suspend_notifier);
	if (err)
		goto err_unregister_unbind;

	err = rtnl_link_register(&tandem_link_ops);
	if (err)
		goto err_unregister_suspend;

	return 0;

err_unregister_suspend:
	unregister_pm_notifier(&tandem_suspend_notifier);
err_unregister_unbind:
	bus_unregister_notifier(&pci_bus_type, &tandem_unbind_notifier);
err_unregister_notifier:
	unregister_netdevice_notifier(&tandem_pair_notifier);
err_teardown_linger:
	tandem_linger_teardown();
	return err;
}

static void __exit tandem_exit(void)
{
	rtnl_link_unregister(&tandem_link_ops);
	unregister_pm_notifier(&tandem_suspend_notifier);
	bus_unregister_notifier(&pci_bus_type, &tandem_unbind_notifier);
	unregister_netdevice_notifier(&tandem_pair_notifier);
	tandem_echo_teardown();
	tandem_linger_teardown();
}

module_init(tandem_init);
module_exit(tandem_exit);

MODULE_DESCRIPTION("Paravirtual NIC and SR-IOV VF behind one device");
MODULE_LICENSE("GPL");
MODULE_ALIAS_RTNL_LINK(TANDEM_KIND);
